"""French words and what they are called in English: the vocabulary of education, training, work, research, technology.

It carries the words of a topic into texts of the other language, both ways. What both languages write alike needs no
entry, and a wrong sense does little harm: a word counts for a topic as far as its texts are near it in meaning
(`veille.rank.background`). Written for `veille`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from veille.rank.words import fold, stem

FRENCH_TO_ENGLISH = """\
abandon=dropout,attrition absentéisme=absenteeism,attendance accès=access accessibilité=accessibility
accompagnement=support,mentoring,guidance accord=agreement accueil=reception,childcare acquis=outcome,attainment
acquisition=learning activité=activity adaptatif=adaptive adjectif=adjective administration=government
adolescent=teenager,youth adulte=adult adverbe=adverb affectif=affective,emotional africain=african
agrément=accreditation aide=help,support,aid aîné=elderly,older alcool=alcohol,drinking aléatoire=random,randomized
algèbre=algebra algorithme=algorithm alignement=alignment alimentation=food,nutrition allemand=german
alphabétisation=literacy alternance=apprenticeship,workplace amélioration=improvement
aménagement=accommodation,planning américain=american analyse=analysis analyseur=parser anaphore=anaphora
ancien=former,old ancienneté=seniority,tenure anglais=english annotation=tagging anxiété=anxiety appareil=device
appartenance=belonging apprenant=learner,student apprendre=learn apprenti=apprentice
apprentissage=learning,apprenticeship approche=approach aptitude=ability arabe=arabic arboré=treebank,tree
arbre=tree,treebank artificiel=artificial asiatique=asian assiduité=attendance assurance=insurance atelier=workshop
attente=expectation augmenté=augmented auteur=author autisme=autism autiste=autistic,autism
autochtone=indigenous,native autoévaluation=self,assessment automatique=automatic,machine,automated
autonomie=autonomy,independence autorégulation=self,regulation autorité=authority avenir=future aveugle=blind
avis=opinion,review bac=baccalaureate baccalauréat=baccalaureate bagage=background base=database
bénévolat=volunteering bénévole=volunteer besoin=need biais=bias bibliothécaire=librarian bibliothèque=library
bilan=review bilingue=bilingual bilinguisme=bilingualism blanc=white bord=dashboard
bourse=scholarship,grant brevet=patent,certificate bruit=noise bulletin=report but=goal,purpose
cadre=framework,manager cahier=notebook calcul=computation,calculation campagne=campaign candidat=applicant,candidate
cantine=meal,lunch capacité=ability,capacity,skill carrière=career cas=case catalogue=catalog certificat=certificate
cerveau=brain chaîne=chain,string champ=field changement=change chef=head,leader,principal chercheur=researcher
chez=home chiffre=digit,figure chimie=chemistry chinois=chinese choix=choice chômage=unemployment chômeur=unemployed
citation=quotation citoyen=citizen citoyenneté=citizenship,civic civique=civic classe=class,classroom
classement=ranking,classification clé=key climat=climate clivage=divide codage=coding,encoding cognitif=cognitive
cohorte=cohort collaboratif=collaborative collectivité=community collège=middle,secondary collègue=colleague
commerce=trade,business communauté=community comparé=comparative compétence=skill,competency
comportement=behavior,behaviour,conduct comportemental=behavioral compréhension=understanding comptabilité=accounting
conception=design concours=competition,examination conduite=conduct,driving confiance=trust,confidence
confidentialité=privacy conflit=conflict congé=leave conjoint=spouse,joint conjugaison=inflection,verb
connaissance=knowledge connecteur=connective,marker conseil=advice,counseling,council conseiller=counselor,advisor
consentement=consent consigne=instruction consommation=consumption contenu=content contexte=context
continu=continuing,continuous contrat=contract contrôle=control,test conversationnel=conversational,chatbot
coordonnateur=coordinator corps=body corpus=corpora correcteur=checker correction=grading courriel=email
cours=course,class court=short coût=cost créativité=creativity croisé=cross croissance=growth croyance=belief
culturel=cultural cyberharcèlement=cyberbullying danger=hazard débat=debate débattre=debate
débouché=employment,outcome débutant=beginner,novice déclin=decline décret=decree décrochage=dropout décrocheur=dropout
défavorisé=disadvantaged défi=challenge déficience=disability,impairment délinquance=delinquency,crime
démarche=approach démocratie=democracy département=department dépendance=dependency,addiction
dépense=expenditure,spending dépistage=screening,testing désambiguïsation=disambiguation désir=desire dessin=drawing
déterminant=predictor détresse=distress deuil=grief deuxième=second développement=development devenir=outcome
devoir=homework,assignment dialecte=dialect dictionnaire=dictionary didactique=didactic,teaching
différenciation=differentiated,differentiation difficulté=difficulty diffusion=dissemination
diplôme=degree,diploma,qualification diplômé=graduate directeur=principal,director,head
direction=leadership,management discours=discourse,speech disponibilité=availability dispositif=program,scheme,device
dissertation=essay distance=remote distributionnel=distributional docteur=doctor doctorant=doctoral
doctorat=doctoral,doctorate domaine=domain,field domicile=home donnée=data données=data doué=gifted douleur=pain
doyen=dean drogue=drug droit=law,right droits=rights dyscalculie=dyscalculia dyslexie=dyslexia dyslexique=dyslexic
écart=gap,difference échantillon=sample échec=failure échelle=scale école=school écolier=pupil,schoolchild
économie=economy,economics économique=economic écran=screen écrit=written,writing écriture=writing écrivain=writer
éditeur=publisher,editor éducateur=educator éducatif=educational effectif=enrollment,size effet=effect
efficacité=effectiveness,efficacy,efficiency égalité=equality,equity élaboration=development élève=student,pupil
éloge=praise embauche=hiring empathie=empathy emploi=employment,job employabilité=employability employé=employee
employeur=employer encadrement=supervision endettement=debt enfance=childhood enfant=child,children enfantin=child
engagement=commitment enjeu=issue,stake enquête=survey,inquiry enseignant=teacher,faculty,instructor
enseignement=teaching,instruction,education enseigner=teach enthousiasme=enthusiasm entité=entity
entraide=peer,support entraînement=training entrepreneuriat=entrepreneurship entreprise=business,company,enterprise
entretien=interview environnement=environment épistémique=epistemic épistémologie=epistemology
épreuve=test,examination épuisement=burnout équilibre=balance équipe=team équité=equity,fairness erreur=error
espace=space espagnol=spanish esprit=mind essai=trial,essay estime=esteem établissement=institution,school état=state
étayage=scaffolding éthique=ethics,ethical ethnique=ethnic étiquetage=tagging,labeling étiqueteur=tagger
étiquette=tag,label étranger=foreign,international étude=study étudiant=student,undergraduate étudier=study
européen=european évaluateur=evaluator,rater évaluation=assessment éveil=awareness évènement=event événement=event
examen=examination,test examinateur=examiner exemple=example exercice=exercise,practice exigence=requirement
expérience=experiment explicite=explicit extraction=mining facteur=factor faculté=faculty,college faible=low,weak
familial=family famille=family faute=error féminin=female femme=woman,women fiabilité=reliability
fidélité=reliability,fidelity figé=idiom,fixed figement=idiom filière=track,stream,program fille=girl
financement=funding,finance financier=financial flux=flow,stream fonction=function fonctionnaire=civil,servant
formateur=trainer,educator formatif=formative formation=training,education fossé=gap fouille=mining fracture=divide
frais=tuition,fees français=french fratrie=sibling fraude=fraud,cheating fréquentation=attendance frère=brother
frontière=border garçon=boy gauche=left génératif=generative genre=gender géographie=geography géométrie=geometry
gestion=management gouvernance=governance gouvernement=government grade=degree grammaire=grammar grammatical=grammar
grandeur=size graphe=graph graphie=spelling grève=strike grossesse=pregnancy groupe=group guerre=war
habileté=skill,ability habitude=habit handicap=disability handicapant=disabling handicapé=disabled
harcèlement=bullying,harassment hasard=random haut=high hébergement=hosting hétérogénéité=heterogeneity
histoire=history,story historique=historical,history homme=man,men homologue=peer hôpital=hospital humain=human
humeur=mood hybride=blended,hybrid hyperactivité=hyperactivity,adhd ia=ai identité=identity image=picture
imaginaire=imagination immersif=immersive immigré=immigrant implication=involvement,engagement imprimé=print
incitation=incentive inclusif=inclusive inclusion=inclusive indexation=indexing indicateur=indicator indice=index,cue
indien=indian indigène=indigenous individualisation=individualized,personalized industrie=industry
inégalité=inequality infirmier=nurse,nursing infirmière=nurse,nursing informatique=computer,computing
ingénierie=engineering ingénieur=engineer initial=preservice inscription=enrollment,registration
insertion=integration,placement instituteur=teacher interculturel=intercultural intérêt=interest internat=boarding
internet=web intimidation=bullying inversé=flipped invité=guest isolement=isolation itinéraire=pathway
jardin=kindergarten,garden jardinage=gardening jeu=game,play jeune=young,youth jeunesse=youth journal=newspaper
juge=judge jumeau=twin juridique=legal laboratoire=laboratory laïcité=secular,secularism langage=language
langue=language leçon=lesson lecteur=reader lecture=reading lemmatisation=lemmatization lemme=lemma
lexicographie=lexicography lexique=lexicon,vocabulary libre=free,open licence=bachelor,license lien=link,relationship
lieu=place ligne=online linguistique=linguistic,language lisibilité=readability littéraire=literary
littératie=literacy littérature=literature livre=book locuteur=speaker logement=housing logiciel=software
logique=logic loi=law loisir=leisure ludification=gamification ludique=game,playful lycée=high,secondary
lycéen=high,student maison=home maître=master,teacher maîtrise=mastery,master majorité=majority malade=patient,sick
maladie=disease,illness malentendant=hearing,deaf maltraitance=abuse,maltreatment malvoyant=visually,impaired
manque=lack,shortage manuel=textbook,handbook marché=market mariage=marriage marqueur=marker masculin=male
matériel=material,equipment maternelle=kindergarten,preschool mathématique=mathematics,math matière=subject,matter
maturité=readiness,maturity médecin=physician,doctor médecine=medicine méditation=mindfulness mémoire=memory
ménage=household mensonge=lie mentorat=mentoring mère=mother mérite=merit mesure=measure,measurement
métadonnées=metadata méthode=method méthodologie=methodology métier=occupation,job,profession
milieu=environment,setting militaire=military mineur=minor minoritaire=minority minorité=minority mise=implementation
mixité=diversity,coeducation mixte=mixed mobilité=mobility modèle=model modélisation=modeling monde=world
mondial=global,world mondialisation=globalization monoparental=single moral=ethical morale=moral
morphologie=morphology morphosyntaxique=morphosyntactic,tagging mort=death mot=word moteur=engine,motor
moyen=means,average moyenne=mean,average multilingue=multilingual musée=museum musique=music
mutation=transfer,mobility naissance=birth natif=native naturel=natural négligence=neglect neuronal=neural
neurone=neural niveau=level,grade noir=black nom=noun,name nombre=number nommé=named normalisation=normalization
norme=standard,norm notation=grading,rating note=grade,score,mark nourriture=food nouveau=new novice=beginning
noyau=kernel nuage=cloud numérique=digital,numerical numérisation=digitization obésité=obesity objectif=objective,goal
objet=object obligatoire=compulsory,mandatory obtention=attainment offre=supply,offer ontologie=ontology
oral=spoken,speech ordinateur=computer ordre=order organisation=organization organisme=agency,organization
orientation=guidance,counseling origine=background,origin orthographe=spelling outil=tool ouvert=open ouvrage=book
ouvrier=worker pair=peer pairs=peers paix=peace parcours=pathway,trajectory,track parental=parent
parentalité=parenting parole=speech partage=sharing partenaire=partner partenariat=partnership
participation=involvement passage=transition patrimoine=heritage pauvre=poor pauvreté=poverty pays=country
paysage=landscape paysan=farmer,rural pédagogie=pedagogy,teaching
pédagogique=educational,teaching,pedagogical,instructional pédagogue=educator pensée=thinking,thought pénurie=shortage
perçu=perceived père=father perfectionnement=development,training performance=achievement permanent=lifelong
persévérance=persistence,retention personnalisé=personalized personne=person,people personnel=staff,personal
perte=loss petit=small,early petite=early,small peur=fear,anxiety philosophie=philosophy phobie=phobia
phonétique=phonetic phonologique=phonological phrase=sentence physique=physics,physical plagiat=plagiarism
plaisir=enjoyment planification=planning plateforme=platform
plongement=embedding poésie=poetry polarité=polarity polémique=controversy
politique=policy,political,politics polylexical=multiword polysémie=polysemy postsecondaire=postsecondary
pouvoir=power pratique=practice,practical précarité=poverty,precarious précoce=early,gifted prédicteur=predictor
préjugé=prejudice préparation=readiness préscolaire=preschool,early presse=press,news prestation=benefit,service
preuve=evidence primaire=primary,elementary prime=bonus,incentive prise=taking privatisation=privatization
privé=private prix=price,award probabilité=probability problème=problem processus=process professeur=teacher,professor
professionnalisation=professionalization professionnel=professional,vocational profond=deep programmation=programming
programme=program,curriculum progrès=progress projet=project pronom=pronoun proposition=clause,proposal
propriété=property prosodie=prosody,prosodic proviseur=principal psychologie=psychology psychologue=psychologist
puberté=puberty public=audience publicité=advertising punition=punishment qualitatif=qualitative qualité=quality
quantitatif=quantitative quartier=neighborhood questionnaire=survey questionnement=questioning,inquiry quotidien=daily
racine=root,stem racisme=racism raisonnement=reasoning rang=rank rapport=report,relationship rattrapage=remedial
réalité=reality recensement=census recherche=research,retrieval,search récit=narrative,story
recommandation=recommendation recommander=recommend récompense=reward reconnaissance=recognition
reconversion=retraining récréation=recess recrutement=recruitment recteur=rector recueil=collection
redevabilité=accountability redoublement=repetition,retention rééducation=rehabilitation
référentiel=framework,standard réflexif=reflective,reflexive réforme=reform réfugié=refugee refus=refusal
régime=system règle=rule réglementation=regulation regroupement=grouping relation=relationship religieux=religious
remédiation=remedial rémunération=pay,compensation rencontre=meeting rendement=performance,yield
renforcement=reinforcement rentrée=start répartition=distribution repas=meal répétition=rehearsal
réponse=answer,response requête=query réseau=network résidence=housing résolution=solving ressource=resource
résultat=result,outcome résumé=summary,summarization,abstract retard=delay retour=return,feedback retraite=retirement
rétroaction=feedback réunion=meeting réussir=succeed réussite=achievement,success,attainment révision=review
revue=review,journal rhétorique=rhetoric richesse=wealth risque=risk robotique=robotics roman=novel rythme=rhythm,pace
sagesse=wisdom salaire=salary,wage salarié=employee salle=room sanction=discipline,suspension santé=health
savoir=knowledge scientifique=scientific,science scolaire=school,academic,educational
scolarisation=schooling,enrollment scolarisé=enrolled scolarité=schooling,tuition séance=session,lesson
secondaire=secondary sécurité=security,safety séjour=stay,abroad sélection=admission sémantique=semantic
semestre=semester,term sens=sense,meaning sensibilisation=awareness sentiment=feeling séquence=lesson série=series
seuil=threshold sexe=sex,gender sexualité=sexuality sexuel=sexual similarité=similarity similitude=similarity
site=website société=society,company soi=self soin=care soins=care solitude=loneliness sommeil=sleep son=sound
souffrance=suffering souhait=wish sourd=deaf soutenance=defense soutien=support,tutoring
spécialisé=special,specialized spécialité=specialty,major stage=internship,placement stagiaire=intern,trainee
statistique=statistical,statistics statut=status stratégie=strategy stylistique=style,stylistic succès=success
suffixe=suffix suivi=monitoring,tracking supérieur=higher,postsecondary surdité=deafness surdoué=gifted
surpoids=overweight surveillance=monitoring syllabe=syllable syndical=union syndicat=union synonyme=synonym
synonymie=synonymy syntagme=phrase syntaxe=syntax syntaxique=syntactic,parsing,syntax synthèse=synthesis,review
système=system tabac=smoking,tobacco tableau=table,board tablette=tablet tâche=task taille=size talent=gifted
taux=rate,rates technique=technical technologie=technology technologique=technological téléphone=phone,mobile
témoignage=testimony témoin=control temporel=temporal temps=time tendance=trend tension=stress terme=term
terminologie=terminology terrain=field,fieldwork territoire=territory texte=text théâtre=theater,drama thème=topic
théorie=theory thèse=thesis,dissertation titre=title titularisation=tenure toxicomanie=addiction,drug trace=log
traduction=translation traitement=processing,treatment transcription=transcript transfert=transfer
transmission=transfer transport=transportation traumatisme=trauma
travail=work,labor travailleur=worker tribunal=court triche=cheating
trimestre=term,quarter trouble=disorder tuteur=tutor tutorat=tutoring unité=unit
universitaire=university,academic,college université=university urbain=urban usage=use usager=user utilisateur=user
utilisation=use vacances=holiday vacataire=adjunct vaccin=vaccine vaccination=immunization valeur=value
validité=validity,valid vecteur=vector vécu=experience,lived veille=monitoring verbe=verb victime=victim vide=empty
vie=life vieillissement=aging ville=city,urban virtuel=virtual visage=face vocabulaire=vocabulary vocal=voice
voie=pathway voisin=neighbor voix=voice volontaire=volunteer vote=voting voyage=travel vulnérabilité=vulnerability
zone=area
"""


def translate(word: str) -> tuple[str, ...]:
    """The stems that a folded word has in the other language, read as French and as English; none where unknown."""
    english, french = _index()
    return tuple(dict.fromkeys((*english.get(stem(word, "fr"), ()), *french.get(stem(word, "en"), ()))))


@cache
def _index() -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """English stems by French stem, and the other way."""
    english, french = dict[str, list[str]](), dict[str, list[str]]()
    for entry in FRENCH_TO_ENGLISH.split():
        word, _, meanings = entry.partition("=")
        for meaning in meanings.split(","):
            one, other = stem(fold(word), "fr"), stem(fold(meaning), "en")
            english.setdefault(one, []).append(other)
            french.setdefault(other, []).append(one)
    return english, french
